/// Function words, question words, negations and fillers, by language. Written by hand for this project.
extension Lexicon {
    /// Trait → words.
    static let traitLines: [(Token.Traits, String)] = [
        (
            .stop,
            """
            a an the this that these those of in on at by for with from to into onto upon about as is am are was were be
            been being do does did doing done have has had having will would shall should can could may might must ought
            and or but if then than so such there here it its i me my mine myself we us our ours you your yours he him
            his she her hers they them their theirs one ones some any each every which who whom whose what when where
            why how all both either neither not no nor just also too very really quite rather get got getting gets let
            lets up out over under again own same other another s t d ll m re ve y via per while during through between
            because since until although though however it's whats
            """
        ),
        (
            .filler,
            """
            please pls plz kindly hi hello hey dear thanks thank thx cheers sir madam guys folks ok okay well so um uh
            actually basically simply just really currently literally exactly tell explain describe me show give know
            could would help advice advise suggest suggestions question quick quickly wondering wonder like want need
            advance bitte danke hallo merci bonjour svp salut gracias hola por favor
            """
        ),
        (
            .negation,
            """
            not no never none nobody nothing nowhere neither nor without cannot unable fail fails failed failing lack
            lacks lacking non hardly barely isnt nicht kein keine keinen keinem keiner keines nie niemals ohne nichts
            niemand pas jamais sans aucun aucune rien personne nunca jamas sin nada nadie ningun ninguna ninguno tampoco
            nao nunca sem não
            不 没 無 无 未 别 莫 勿 非
            """
        ),
        (
            .weakNegation,
            """
            avoid avoids avoiding avoided prevent prevents preventing prevented stop stops stopping stopped refuse
            refuses refused except excluding exclude excludes against bad wrong broken unless only least instead rid
            seldom rarely scarcely
            quit quitting deny denies denied hate hates missing impossible miss
            """
        ),
        (
            .auxiliary,
            "is am are was were be been being do does did have has had will would shall should can could may might must"
        ),
        (
            .pronoun,
            """
            it its this that these those he him his she her hers they them their theirs one ones there
            es das dies dieser diese dieses er sie ihn ihm ihr cela ca ce celui celle il elle ils elles le la les lui
            eso esto ello ella ellos aquello 它 他 她 这 那 这个 那个 其 それ これ あれ 그것 이것
            """
        ),
        (.conjunction, "and or und oder et ou y o e with plus"),
        (
            .question,
            """
            what who whom whose when where why which how was wer wann wo warum wieso weshalb welche welcher welches wie
            quoi que qui quand ou pourquoi quel quelle quels quelles comment combien quien cuando donde cual cuales como
            cuanto cuantos cuanta cuantas whats
            """
        ),
        (
            .language,
            """
            english french german spanish italian portuguese dutch russian chinese mandarin cantonese japanese korean
            arabic hebrew hindi urdu bengali tamil telugu marathi gujarati punjabi kannada malayalam thai vietnamese
            indonesian malay turkish persian farsi polish czech hungarian romanian greek swedish norwegian danish finnish
            ukrainian bulgarian serbian croatian latin sanskrit swahili filipino tagalog esperanto
            deutsch englisch franzosisch spanisch italienisch anglais francais allemand espagnol italien espanol ingles
            frances aleman italiano portugues
            """
        ),
        (
            .place,
            """
            afghanistan albania algeria argentina armenia australia austria azerbaijan bahrain bangladesh belarus belgium
            bolivia bosnia brazil bulgaria cambodia cameroon canada chile china colombia croatia cuba cyprus denmark
            ecuador egypt england estonia ethiopia finland france georgia germany ghana greece guatemala haiti honduras
            hungary iceland india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya kuwait
            laos latvia lebanon libya lithuania luxembourg malaysia maldives malta mexico moldova mongolia morocco
            myanmar namibia nepal netherlands nicaragua nigeria norway oman pakistan palestine panama paraguay peru
            philippines poland portugal qatar romania russia rwanda scotland senegal serbia singapore slovakia slovenia
            somalia spain sudan sweden switzerland syria taiwan tanzania thailand tunisia turkey uganda ukraine uruguay
            uzbekistan venezuela vietnam wales yemen zambia zimbabwe usa uk uae america britain europe asia africa
            antarctica arabia korea
            alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois
            indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri
            montana nebraska nevada hampshire jersey carolina dakota ohio oklahoma oregon pennsylvania tennessee texas
            utah vermont virginia washington wisconsin wyoming
            london paris berlin madrid rome vienna amsterdam brussels lisbon dublin oslo stockholm copenhagen helsinki
            warsaw prague budapest athens moscow istanbul dubai delhi mumbai bangalore bengaluru chennai hyderabad
            kolkata pune jaipur ahmedabad lucknow goa kerala punjab gujarat tokyo osaka kyoto seoul beijing shanghai
            shenzhen guangzhou hongkong taipei bangkok jakarta manila sydney melbourne brisbane perth auckland toronto
            vancouver montreal ottawa boston chicago dallas denver houston seattle atlanta miami philadelphia phoenix
            baltimore pittsburgh cleveland detroit minneapolis milwaukee memphis nashville charlotte orlando tampa
            oakland sacramento portland vegas newark cincinnati indianapolis columbus tacoma burbank ontario westchester
            york francisco angeles diego jose munich hamburg frankfurt cologne zurich geneva milan venice florence naples
            barcelona valencia lyon marseille cairo nairobi lagos johannesburg karachi lahore dhaka kathmandu colombo
            austin springfield albany rochester boulder salem durham erie dover
            deutschland frankreich spanien italien osterreich schweiz allemagne espagne italie suisse angleterre alemania
            francia espana italia inglaterra estados
            """
        ),
        (
            .software,
            """
            python java javascript typescript php ruby rust swift kotlin node nodejs angular react vue django rails
            laravel spring hibernate ios android windows macos ubuntu debian fedora centos postgres postgresql mysql
            mariadb sqlite oracle redis mongodb elasticsearch kubernetes docker terraform ansible go golang gcc clang
            cuda numpy pandas pytorch tensorflow version release v chrome firefox safari office excel perl scala dotnet
            net openssl nginx apache gpt claude llama gemini http tls ssl bluetooth usb wifi
            """
        ),
    ]

    /// Spoken short forms and contractions written without their apostrophe, expanded.
    static let expansionLines = """
        dont=do not
        doesnt=does not
        didnt=did not
        cant=can not
        cannot=can not
        couldnt=could not
        wouldnt=would not
        shouldnt=should not
        wont=will not
        isnt=is not
        arent=are not
        wasnt=was not
        werent=were not
        hasnt=has not
        havent=have not
        hadnt=had not
        aint=is not
        mustnt=must not
        neednt=need not
        im=i am
        ive=i have
        youre=you are
        theyre=they are
        whats=what is
        hows=how is
        wheres=where is
        whos=who is
        thats=that is
        lets=let us
        wanna=want to
        gonna=going to
        gotta=got to
        gimme=give me
        u=you
        ur=your
        r=are
        pls=please
        plz=please
        thx=thanks
        wifi=wi fi
        teh=the
        hte=the
        adn=and
        waht=what
        whta=what
        hwo=how
        taht=that
        thsi=this
        wiht=with
        yuo=you
        cna=can
        wich=which
        thier=their
        """

    /// Words that mean one thing, one group a line. The first names the group.
    static let synonymLines = """
        usa us america u.s unitedstates
        uk britain unitedkingdom
        buy purchase
        start begin commence
        finish complete
        fix repair
        photo picture image pic photograph
        phone mobile cellphone smartphone telephone
        car automobile
        movie film
        tv television
        ad advertisement advert
        app application
        info information
        doc document documentation
        pc computer
        kid child children
        man men
        woman women
        person people
        mum mom mother
        dad father
        quick fast rapid speedy
        big large
        small little
        hard difficult tough
        easy simple
        happy glad
        assist help
        obtain acquire
        construct build
        error mistake
        job occupation employment
        salary wage pay
        college university
        exam examination test
        holiday vacation
        flat apartment
        lift elevator
        petrol gasoline gas
        shop store
        shoe footwear
        house home
        physician doctor
        attorney lawyer
        weird strange
        smart intelligent clever
        beautiful pretty
        sick ill
        earn make
        tall high
        tallest highest
        delete remove erase
        modify change alter
        display show
        log signin login
        sign login
        pwd password
        email mail
        db database
        repo repository
        config configuration
        env environment
        admin administrator
        dev developer
        approx approximately about
        vs versus
        max maximum
        min minimum
        percent percentage
        km kilometer kilometre
        btw between
        abt about
        cheap inexpensive affordable
        rich wealthy
        demonetisation demonetization
        maths math mathematics
        bike motorcycle motorbike
        bicycle cycle
        thing stuff
        reason cause
        way method
        tip advice suggestion
        guy man
        cop police policeman
        soccer football
        fall autumn
        meter metre
        center centre
        theater theatre
        program programme
        gray grey
        color colour
        cancel annul
        ship deliver
        shipping delivery
        refund reimbursement
        lose lost
        biggest largest
        smallest littlest
        populous populated
        locate situate
        fare price
        journey trip
        flight flights
        passenger traveller
        """
}
