/// Words of which one excludes the others without being their opposite: monthly and yearly, delete and rename, Chrome and
/// Firefox. One set a line, its members parted by `|`; words of one member may stand for each other, so a word that is
/// also used in another sense ("plane", "word", "orange") is left out. Written by hand for this project.
extension Lexicon {
    /// All sets.
    static let alternativeLines = alternativeActs + "\n" + alternativeKinds

    /// What is done to one and the same thing. Reset and recover are one: of a password they mean the same.
    private static let alternativeActs = """
        create generate register | disable deactivate | rename
        delete remove erase wipe purge destroy | disable deactivate
        delete remove erase wipe purge destroy | enable activate
        delete remove erase wipe purge destroy | reset recover restore | rename | archive | duplicate clone | export | import
        disable deactivate | reset recover restore | rename | duplicate clone | export | import | archive
        enable activate | reset recover restore | rename | duplicate clone | export | import | archive
        lock | reset recover restore | rename | delete remove erase | export | share
        unlock | rename | delete remove erase | export | share
        pause suspend | cancel terminate | resume reactivate | upgrade | downgrade | renew
        install | uninstall | update | repair
        restart reboot | reset | shutdown
        encrypt | compress | backup
        merge | split | sort | filter | rotate
        compile | debug | deploy
        rotate | revoke | renew
        scan | print | fax
        transfer | withdraw | deposit | borrow
        boil | fry | bake | grill | steam | roast
        average | median | maximum highest | minimum lowest
        oldest | tallest | largest biggest | heaviest | fastest | richest
        """

    private static let alternativeKinds = """
        hourly | daily | weekly | fortnightly biweekly | monthly | quarterly | yearly annual annually
        morning | noon midday | afternoon | evening | midnight
        yesterday | today | tomorrow
        breakfast | brunch | lunch | dinner supper
        summer | autumn | winter | spring
        north northern | south southern | east eastern | west western
        free | starter | basic | standard | premium | enterprise | business | ultimate | team
        freemium | trial
        polite | firm
        admin administrator | owner | guest | viewer | editor | moderator | member
        checking | savings
        credit | debit | prepaid | gift
        paypal | stripe | visa | mastercard | amex | venmo | klarna | bitcoin | ethereum
        invoice | receipt | estimate quotation | contract | payslip
        passport | visa | licence license
        shipping delivery | billing
        deductible | premium | copay
        mortgage | overdraft
        cheque check | cash
        smartphone phone mobile | tablet ipad | laptop notebook | desktop | printer | router | monitor | camera | scanner
        keyboard | mouse | monitor | headphone headset earphone | microphone | webcam | speaker
        bluetooth | wifi | ethernet | usb | hdmi
        email | sms | fax | phone
        iphone | ipad | macbook | android
        windows | macos mac osx | linux ubuntu debian | android | ios
        chrome | firefox | safari | edge | opera
        gmail | outlook | hotmail | yahoo
        whatsapp | telegram | facebook | instagram | twitter | snapchat | tiktok | linkedin | youtube | reddit | quora | pinterest | discord | slack
        google | microsoft | amazon | netflix | uber | lyft | spotify | airbnb
        pdf | csv | json | xml | xlsx | docx | html | png | jpg jpeg | gif | mp3 | mp4
        python | java | javascript js | typescript ts | ruby | rust | kotlin | golang | php | perl | scala | haskell
        react | angular | vue | svelte
        mysql | postgres postgresql | sqlite | mongodb | redis | oracle
        docker | kubernetes | terraform | ansible
        array | tuple | dictionary | stack | queue | heap
        quicksort | mergesort | heapsort | bubblesort
        mathematics maths math | physics | chemistry | biology | history | geography | economics | psychology | philosophy
        addition | subtraction | multiplication | division
        circle | square | triangle | rectangle | sphere | cube | cylinder
        perimeter | area | volume | diameter | radius
        height | width | length | weight | depth | temperature
        bachelor bachelors undergraduate | phd doctorate
        kindergarten | highschool | college university
        doctor physician | nurse | lawyer attorney | teacher | engineer | accountant | electrician | plumber | dentist | pharmacist
        mother mom mum | father dad | brother | sister | son | daughter | uncle | aunt | cousin | nephew | niece
        husband | wife | boyfriend | girlfriend | fiance | fiancee
        grandmother grandma | grandfather grandpa
        baby infant newborn | toddler | teenager teen
        dog puppy | cat kitten | horse | rabbit | hamster | parrot | goldfish | cow | pig | chicken | goat
        eagle | owl | penguin | sparrow
        car | bus | train | truck | taxi | helicopter | airplane aeroplane
        red | blue | green | yellow | purple | pink | brown | grey
        sunday | monday | tuesday | wednesday | thursday | friday | saturday
        mercury | venus | mars | jupiter | saturn | uranus | neptune | pluto
        hydrogen | helium | oxygen | nitrogen | carbon | sulfur | sodium | potassium | calcium | iron | copper | zinc
        gold | silver | bronze | platinum
        wood | steel | plastic | glass | concrete | aluminium aluminum
        cotton | silk | wool | leather | polyester
        beef | pork | lamb | chicken | turkey | salmon | tuna
        coffee | tea | beer | wine | vodka | whiskey whisky
        potato | tomato | onion | carrot | garlic | cucumber
        banana | mango | strawberry | pineapple | grape
        rice | pasta | bread
        football soccer | cricket | tennis | basketball | baseball | hockey | golf | rugby
        guitar | piano | violin | flute | drum
        elbow | wrist | shoulder | knee | ankle | hip | neck
        eye | ear | nose | throat | tooth teeth
        kidney | liver | lung | stomach | bladder | pancreas
        diabetes | cancer | asthma | arthritis | pneumonia | hepatitis | malaria | tuberculosis | migraine
        ibuprofen | paracetamol acetaminophen tylenol | aspirin | naproxen | amoxicillin | penicillin | metformin
        fever | cough | diarrhea diarrhoea | constipation | nausea | headache
        vitamin | protein | fiber fibre | carbohydrate | sugar
        earthquake | tornado | hurricane | tsunami | volcano
        christian christianity | islam muslim | hindu hinduism | buddhist buddhism | jewish judaism
        novel | poem | essay | song
        song songs | album albums
        definition | example
        symptom | treatment | diagnosis
        city town | state | county | province | country
        size | weight
        noun | verb | adjective | adverb
        entrance | midterm | final
        """
}
